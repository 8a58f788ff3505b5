-- Nothing asks for operations by their entity, and every operation paid for it.
DROP INDEX op_entity;
